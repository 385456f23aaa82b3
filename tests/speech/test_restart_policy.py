from gateway.speech.restart_policy import HealthWatch, RestartPolicy


def test_faults_that_follow_each_other_wait_longer_and_longer():
    policy = RestartPolicy()
    assert [policy.ended(now) for now in (0, 1, 2, 3)] == [0.2, 0.4, 0.8, 1.6]
    assert [policy.ended(10) for _ in range(20)][-1] == 30.0


def test_after_a_healthy_minute_the_restart_is_prompt_again():
    policy = RestartPolicy()
    for now in range(4):
        policy.ended(now)
    policy.ready(10)
    assert policy.ended(70) == 0.2
    policy.ready(71)
    assert policy.ended(72) == 0.4


def test_only_checks_missed_in_a_row_count_as_hung():
    watch = HealthWatch()
    assert [watch.answered(well=well) for well in (False, False, True, False, False, False)] == [False] * 5 + [True]
