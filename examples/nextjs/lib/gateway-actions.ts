// Generated from the gateway's docs/actions.schema.json by `npm run types`. Do not edit.

/**
 * The body of a request from the gateway to the practice's application.
 */
export type GatewayRequest = Action | SlotsRequested;
/**
 * An action, told apart by its type.
 */
export type Action =
  | AppointmentRequested
  | AppointmentMoveRequested
  | AppointmentCancelRequested
  | CallbackRequested
  | EmergencyFlagged
  | TransferRequested
  | ActionWithdrawn
  | TransferEnded
  | MessageRecorded
  | CallEnded;
/**
 * `booked`: it stands in the calendar. `taken`: somebody else has that time. `requested`: you confirm it.
 */
export type AppointmentStatus = "booked" | "taken" | "requested";

/**
 * What is exchanged with the gateway.
 */
export interface Contract {
  request: GatewayRequest;
  slots: SlotsAnswer;
  answer: ActionAnswer;
}
/**
 * A patient wants an appointment; with `details.slot`, this one.
 */
export interface AppointmentRequested {
  id: string;
  type: "appointment.requested";
  version: 1;
  created_at: string;
  practice_id: string;
  call: ActionCall;
  facts: ActionFact[];
  details: AppointmentDetails;
}
/**
 * The call that a request comes from.
 */
export interface ActionCall {
  /**
   * Sorts by time; the same in every request of one call.
   */
  id: string;
  /**
   * E.164 as the trunk told it, null for an anonymous caller.
   */
  caller_number: string | null;
  /**
   * The language that the call is held in.
   */
  language: "de" | "fr" | "it" | "en";
  started_at: string;
}
/**
 * Something that the caller said, in its canonical form.
 */
export interface ActionFact {
  name: string;
  /**
   * Dates as 2026-11-24 or 2026-11-24/2026-11-27, times as 15:30 or 08:00/12:00, alternatives parted by a bar.
   */
  value: string;
  /**
   * What the caller said for it.
   */
  words: string;
  confidence: number;
  /**
   * Whether the caller heard it read back and said yes.
   */
  confirmed: boolean;
}
/**
 * Beside the facts of an appointment; with `slot` it is a booking and the caller waits for the answer.
 */
export interface AppointmentDetails {
  /**
   * The language that the caller speaks.
   */
  language?: "de" | "fr" | "it" | "en";
  /**
   * The number that called, where it is known.
   */
  caller_number?: string;
  /**
   * The `id` of an action of the same call that was withdrawn and is wanted again by this one.
   */
  asked_again?: string;
  /**
   * The id of the slot to book, as the application named it.
   */
  slot?: string;
  /**
   * ISO 8601 with offset.
   */
  slot_start?: string;
  slot_end?: string;
  /**
   * The slot that this wish was to get and did not: call the patient back.
   */
  slot_not_booked?: string;
}
/**
 * A patient wants another time for an appointment; with `details.slot`, this one.
 */
export interface AppointmentMoveRequested {
  id: string;
  type: "appointment.move_requested";
  version: 1;
  created_at: string;
  practice_id: string;
  call: ActionCall;
  facts: ActionFact[];
  details: AppointmentDetails;
}
/**
 * A patient cancels an appointment.
 */
export interface AppointmentCancelRequested {
  id: string;
  type: "appointment.cancel_requested";
  version: 1;
  created_at: string;
  practice_id: string;
  call: ActionCall;
  facts: ActionFact[];
  details: Details;
}
/**
 * What every action may carry beside its facts.
 */
export interface Details {
  /**
   * The language that the caller speaks.
   */
  language?: "de" | "fr" | "it" | "en";
  /**
   * The number that called, where it is known.
   */
  caller_number?: string;
  /**
   * The `id` of an action of the same call that was withdrawn and is wanted again by this one.
   */
  asked_again?: string;
}
/**
 * A caller wants to be called back, or left a message.
 */
export interface CallbackRequested {
  id: string;
  type: "callback.requested";
  version: 1;
  created_at: string;
  practice_id: string;
  call: ActionCall;
  facts: ActionFact[];
  details: CallbackDetails;
}
/**
 * Beside the facts of a callback.
 */
export interface CallbackDetails {
  /**
   * The language that the caller speaks.
   */
  language?: "de" | "fr" | "it" | "en";
  /**
   * The number that called, where it is known.
   */
  caller_number?: string;
  /**
   * The `id` of an action of the same call that was withdrawn and is wanted again by this one.
   */
  asked_again?: string;
  /**
   * Where in the call's recording the message begins, in seconds.
   */
  recorded_message_from_s?: string;
  recorded_message_to_s?: string;
  /**
   * The message's words, where the caller hung up before confirming anything.
   */
  words?: string;
  /**
   * Why there are no confirmed facts.
   */
  cause?: string;
}
/**
 * A caller spoke of an emergency. Sent at once, before everything else.
 */
export interface EmergencyFlagged {
  id: string;
  type: "emergency.flagged";
  version: 1;
  created_at: string;
  practice_id: string;
  call: ActionCall;
  facts: ActionFact[];
  details: EmergencyDetails;
}
/**
 * Beside the facts of an emergency, which may be unconfirmed.
 */
export interface EmergencyDetails {
  /**
   * The language that the caller speaks.
   */
  language?: "de" | "fr" | "it" | "en";
  /**
   * The number that called, where it is known.
   */
  caller_number?: string;
  /**
   * The `id` of an action of the same call that was withdrawn and is wanted again by this one.
   */
  asked_again?: string;
  /**
   * The caller's words.
   */
  words: string;
}
/**
 * A caller is about to be put through to a person.
 */
export interface TransferRequested {
  id: string;
  type: "transfer.requested";
  version: 1;
  created_at: string;
  practice_id: string;
  call: ActionCall;
  facts: ActionFact[];
  details: TransferDetails;
}
/**
 * Who the caller is about to be put through to.
 */
export interface TransferDetails {
  /**
   * The language that the caller speaks.
   */
  language?: "de" | "fr" | "it" | "en";
  /**
   * The number that called, where it is known.
   */
  caller_number?: string;
  /**
   * The `id` of an action of the same call that was withdrawn and is wanted again by this one.
   */
  asked_again?: string;
  /**
   * A transfer target's id from the practice profile.
   */
  target: string;
}
/**
 * The caller took back an earlier wish of the same call, which has been sent already.
 */
export interface ActionWithdrawn {
  id: string;
  type: "action.withdrawn";
  version: 1;
  created_at: string;
  practice_id: string;
  call: ActionCall;
  facts: ActionFact[];
  details: WithdrawalDetails;
}
/**
 * Which earlier action of the same call no longer holds.
 */
export interface WithdrawalDetails {
  /**
   * The language that the caller speaks.
   */
  language?: "de" | "fr" | "it" | "en";
  /**
   * The number that called, where it is known.
   */
  caller_number?: string;
  /**
   * The `id` of an action of the same call that was withdrawn and is wanted again by this one.
   */
  asked_again?: string;
  /**
   * Its `id`.
   */
  action: string;
  /**
   * Its `Idempotency-Key`.
   */
  idempotency_key: string;
  /**
   * Its `type`.
   */
  type: string;
}
/**
 * A report: how a transfer ended.
 */
export interface TransferEnded {
  id: string;
  type: "transfer.ended";
  version: 1;
  created_at: string;
  practice_id: string;
  call: ActionCall;
  facts: ActionFact[];
  details: TransferEndedDetails;
}
/**
 * How putting the caller through ended.
 */
export interface TransferEndedDetails {
  /**
   * The language that the caller speaks.
   */
  language?: "de" | "fr" | "it" | "en";
  /**
   * The number that called, where it is known.
   */
  caller_number?: string;
  /**
   * The `id` of an action of the same call that was withdrawn and is wanted again by this one.
   */
  asked_again?: string;
  target: string;
  /**
   * Left out where it came to none.
   */
  method?: string;
  outcome: string;
  /**
   * Until the person was there or it was given up.
   */
  seconds: string;
}
/**
 * A report: a caller's message can be listened to.
 */
export interface MessageRecorded {
  id: string;
  type: "message.recorded";
  version: 1;
  created_at: string;
  practice_id: string;
  call: ActionCall;
  facts: ActionFact[];
  details: MessageRecordedDetails;
}
/**
 * Where a caller's message is, now that the recording of its call is whole.
 */
export interface MessageRecordedDetails {
  /**
   * The language that the caller speaks.
   */
  language?: "de" | "fr" | "it" | "en";
  /**
   * The number that called, where it is known.
   */
  caller_number?: string;
  /**
   * The `id` of an action of the same call that was withdrawn and is wanted again by this one.
   */
  asked_again?: string;
  /**
   * The `id` of the `callback.requested` that the message belongs to.
   */
  action: string;
  recorded_message_from_s: string;
  recorded_message_to_s: string;
}
/**
 * A report: a call is over. It is the last action of its call; its facts are those that hold at the end.
 */
export interface CallEnded {
  id: string;
  type: "call.ended";
  version: 1;
  created_at: string;
  practice_id: string;
  call: ActionCall;
  facts: ActionFact[];
  details: CallEndedDetails;
}
/**
 * What became of a call.
 */
export interface CallEndedDetails {
  /**
   * The language that the caller speaks.
   */
  language?: "de" | "fr" | "it" | "en";
  /**
   * The number that called, where it is known.
   */
  caller_number?: string;
  /**
   * The `id` of an action of the same call that was withdrawn and is wanted again by this one.
   */
  asked_again?: string;
  end_reason: string;
  /**
   * The type of the last action of the call; left out where there was none.
   */
  outcome?: string;
  /**
   * A sentence or two in the practice's first language.
   */
  summary?: string;
  duration_s: string;
  recording_consent: "announced" | "refused" | "none";
  /**
   * Whether there is a recording.
   */
  recorded: "true" | "false";
}
/**
 * A question for free slots, asked while the caller waits. It has no effect and is never repeated.
 */
export interface SlotsRequested {
  id: string;
  type: "slots.requested";
  version: 1;
  created_at: string;
  practice_id: string;
  call: ActionCall;
  facts: ActionFact[];
  details: SlotsDetails;
}
/**
 * What a question for free slots is about.
 */
export interface SlotsDetails {
  /**
   * The action that would follow.
   */
  action: "appointment.requested" | "appointment.move_requested";
  language: "de" | "fr" | "it" | "en";
}
/**
 * The answer to `slots.requested`; an empty list says that nothing is free.
 */
export interface SlotsAnswer {
  slots: FreeSlot[];
}
/**
 * A free time of the practice's calendar.
 */
export interface FreeSlot {
  /**
   * The application's own.
   */
  id: string;
  start: string;
  end: string;
  /**
   * A person's id from the practice profile.
   */
  practitioner?: string;
}
/**
 * The answer to an action; the body counts only where the action names a slot.
 */
export interface ActionAnswer {
  appointment?: BookedAppointment;
}
/**
 * What became of an appointment that names a slot.
 */
export interface BookedAppointment {
  status: AppointmentStatus;
  /**
   * When it begins, where the answer says so.
   */
  start?: string;
}
