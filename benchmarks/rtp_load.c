// The telephones of the media benchmark: RTP both ways for many callers from one thread, and the ruler for what comes.
//
//   rtp_load SLOTS FIRST_PORT SOUND_FILE [--cpu N] [--jitter MS] [--loss P] [--drift PPM]
//
// SOUND_FILE holds G.711 A-law octets, which every caller sends in a loop, each from a place of its own; packets are
// 20 ms long and each caller has its own phase within the 20 ms. Commands come on standard input, one a line:
//
//   start SLOT PORT   send to 127.0.0.1:PORT from now on (a new stream); also measure what comes back
//   mark SLOT PERIOD  write a mark into every PERIOD-th packet of SLOT, 0 for none
//   stop SLOT         be silent and expect nothing
//   reset             begin to count anew
//   report            print the counts since the last reset as one line of JSON
//   quit
//
// The first line printed is the JSON list of the slots' RTP ports; RTCP is the port above each. Arrival times are the
// kernel's (SO_TIMESTAMPNS), so that this program's own delays falsify none of them. Marks are eight octets of A-law,
// found at any place of the sound that comes back to any slot; A-law octets pass a decoder and an encoder unchanged.
// What has come is read each millisecond: woken by every packet, this program would let the gateway's own sending pay
// for the scheduler's work on the other side, which no gateway does whose callers are behind a network.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum {
    FRAME = 160,           // octets of 20 ms
    HEADER = 12,           // RTP without extensions, RFC 3550 section 5.1
    PAYLOAD_TYPE = 8,      // PCMA, RFC 3551
    MARK = 8,              // six fixed octets and a number of two
    MARKS = 4096,          // numbers remembered; a mark that is later than that is lost
    BINS = 20000,          // histograms of 10 us: 0 to 200 ms
    RTCP_PERIOD_MS = 5000,
    CONTROL = 0x7fffffff,
    TIMER = 0x7ffffffe,
};

static const double PERIOD_S = 0.020;
static const uint8_t MAGIC[MARK - 2] = {0x2a, 0x91, 0x4c, 0x07, 0xb3, 0x6e};

struct histogram {
    uint64_t count, bins[BINS];
    double largest;
};

struct caller {
    int rtp, rtcp, port;
    int sending;
    struct sockaddr_in remote, remote_rtcp;
    double nominal, due, next_report; // CLOCK_MONOTONIC, seconds
    double first_sent;
    uint32_t ssrc, timestamp, place;
    uint16_t sequence;
    uint32_t packets, octets;
    int mark_every, until_mark;
    // What comes back.
    int heard;
    uint32_t in_ssrc, in_timestamp;
    uint16_t in_sequence;
    double in_time; // CLOCK_REALTIME, seconds
    uint8_t tail[MARK - 1];
};

struct counts {
    uint64_t sent, withheld, send_late, unsent, received, lost, duplicated, reordered, timestamp_jumps, ssrc_changes;
    uint64_t bursts, gaps_40, gaps_60, marks_sent, rtcp_received, malformed;
    double began, send_late_largest;
    struct histogram deviation, delay, gap;
};

static struct caller *callers;
static int slots;
static uint8_t *sound;
static long sound_length;
static struct counts counts;
static double jitter_s, loss, drift = 1.0;
static double mark_sent_at[MARKS];
static uint16_t next_mark;

static double clock_s(clockid_t which)
{
    struct timespec time;
    clock_gettime(which, &time);
    return time.tv_sec + time.tv_nsec * 1e-9;
}

static double chance(void) { return drand48(); }

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void put32(uint8_t *at, uint32_t value)
{
    value = htonl(value);
    memcpy(at, &value, 4);
}

static uint32_t get32(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, 4);
    return ntohl(value);
}

static void note(struct histogram *histogram, double milliseconds)
{
    double bin = milliseconds * 100;
    histogram->bins[bin < 0 ? 0 : bin >= BINS ? BINS - 1 : (int)bin]++;
    histogram->count++;
    if (milliseconds > histogram->largest)
        histogram->largest = milliseconds;
}

static double percentile(const struct histogram *histogram, double fraction)
{
    uint64_t wanted = (uint64_t)ceil(fraction * histogram->count), seen = 0;
    for (int bin = 0; bin < BINS; bin++)
        if ((seen += histogram->bins[bin]) >= wanted && seen)
            return (bin + 1) / 100.0 < histogram->largest ? (bin + 1) / 100.0 : histogram->largest;
    return 0;
}

// Sending.

static void begin(struct caller *caller, int slot, int port)
{
    double golden = fmod(slot * 0.6180339887498949, 1.0);
    caller->remote = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
    caller->remote.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    caller->remote_rtcp = caller->remote;
    caller->remote_rtcp.sin_port = htons(port + 1);
    caller->ssrc = mrand48();
    caller->timestamp = mrand48();
    caller->sequence = mrand48();
    caller->packets = caller->octets = 0;
    caller->place = (uint32_t)(fmod(slot * 0.7548776662466927, 1.0) * sound_length);
    caller->nominal = caller->due = clock_s(CLOCK_MONOTONIC) + PERIOD_S * golden;
    caller->next_report = caller->due + RTCP_PERIOD_MS * 1e-3 * (0.5 + golden);
    caller->sending = 1;
    caller->heard = 0;
    memset(caller->tail, 0, sizeof caller->tail);
}

static void write_mark(uint8_t *payload)
{
    memcpy(payload, MAGIC, sizeof MAGIC);
    payload[MARK - 2] = next_mark >> 8;
    payload[MARK - 1] = next_mark & 0xff;
    mark_sent_at[next_mark % MARKS] = clock_s(CLOCK_REALTIME);
    next_mark = (next_mark + 1) % MARKS;
    counts.marks_sent++;
}

static void send_packet(struct caller *caller)
{
    uint8_t packet[HEADER + FRAME];
    packet[0] = 0x80;
    packet[1] = PAYLOAD_TYPE | (caller->packets == 0 ? 0x80 : 0);
    packet[2] = caller->sequence >> 8;
    packet[3] = caller->sequence & 0xff;
    put32(packet + 4, caller->timestamp);
    put32(packet + 8, caller->ssrc);
    for (int i = 0; i < FRAME; i++) {
        packet[HEADER + i] = sound[caller->place];
        caller->place = caller->place + 1 == (uint32_t)sound_length ? 0 : caller->place + 1;
    }
    caller->sequence++;
    caller->timestamp += FRAME;
    caller->packets++;
    caller->octets += FRAME;
    if (loss > 0 && caller->packets > 1 && chance() < loss) {
        counts.withheld++;
        return;
    }
    if (caller->mark_every && --caller->until_mark <= 0) {
        caller->until_mark = caller->mark_every;
        write_mark(packet + HEADER);
    }
    if (sendto(caller->rtp, packet, sizeof packet, 0, (void *)&caller->remote, sizeof caller->remote) < 0)
        counts.unsent++;
    else
        counts.sent++;
}

// A sender report and the canonical name, RFC 3550 sections 6.4.1 and 6.5.
static void send_report(struct caller *caller, double now)
{
    uint8_t packet[28 + 16] = {0x80, 200, 0, 6};
    double real = clock_s(CLOCK_REALTIME) + 2208988800.0;
    put32(packet + 4, caller->ssrc);
    put32(packet + 8, (uint32_t)real);
    put32(packet + 12, (uint32_t)((real - floor(real)) * 4294967296.0));
    put32(packet + 16, caller->timestamp - (uint32_t)((caller->nominal - now) * 8000));
    put32(packet + 20, caller->packets);
    put32(packet + 24, caller->octets);
    memcpy(packet + 28, (uint8_t[]){0x81, 202, 0, 3}, 4);
    put32(packet + 32, caller->ssrc);
    memcpy(packet + 36, "\x01\x04load\0\0", 8);
    if (sendto(caller->rtcp, packet, sizeof packet, 0, (void *)&caller->remote_rtcp, sizeof caller->remote_rtcp) < 0)
        counts.unsent++;
}

static void send_due(double now)
{
    for (int slot = 0; slot < slots; slot++) {
        struct caller *caller = callers + slot;
        if (!caller->sending)
            continue;
        while (now >= caller->due) {
            double late = now - caller->due;
            if (late > 0.005)
                counts.send_late++;
            if (late > counts.send_late_largest)
                counts.send_late_largest = late;
            send_packet(caller);
            caller->nominal += PERIOD_S * drift;
            double due = caller->nominal + (jitter_s > 0 ? chance() * jitter_s : 0);
            caller->due = due > caller->due ? due : caller->due + 1e-4; // a queue delays, it does not reorder
        }
        if (now >= caller->next_report) {
            send_report(caller, now);
            caller->next_report += RTCP_PERIOD_MS * 1e-3;
        }
    }
}

// Receiving.

static double arrival(struct msghdr *message)
{
    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header; header = CMSG_NXTHDR(message, header))
        if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_TIMESTAMPNS) {
            struct timespec time;
            memcpy(&time, CMSG_DATA(header), sizeof time);
            return time.tv_sec + time.tv_nsec * 1e-9;
        }
    return clock_s(CLOCK_REALTIME);
}

// The delay of a sample is measured from when its packet left to when its packet came, and corrected for its place in
// both: a mark begins its packet on the way out, and may stand anywhere, or across two packets, on the way back.
static void find_marks(struct caller *caller, const uint8_t *payload, int length, double time)
{
    uint8_t joined[MARK - 1 + FRAME * 4];
    memcpy(joined, caller->tail, MARK - 1);
    memcpy(joined + MARK - 1, payload, length);
    for (int at = 0; at + MARK <= MARK - 1 + length; at++) {
        if (memcmp(joined + at, MAGIC, sizeof MAGIC) != 0)
            continue;
        int number = joined[at + MARK - 2] << 8 | joined[at + MARK - 1];
        if (number >= MARKS || mark_sent_at[number] == 0)
            continue;
        double place = at - (MARK - 1);
        note(&counts.delay, (time - mark_sent_at[number]) * 1000 + place / 8);
        mark_sent_at[number] = 0;
    }
    memcpy(caller->tail, joined + length, MARK - 1);
}

static void measure(struct caller *caller, const uint8_t *packet, int length, double time)
{
    uint16_t sequence = packet[2] << 8 | packet[3];
    uint32_t timestamp = get32(packet + 4), ssrc = get32(packet + 8);
    counts.received++;
    if (caller->heard && ssrc != caller->in_ssrc) {
        counts.ssrc_changes++;
        caller->heard = 0;
    }
    if (caller->heard) {
        int16_t step = sequence - caller->in_sequence;
        if (step == 0)
            counts.duplicated++;
        if (step < 0)
            counts.reordered++;
        if (step <= 0)
            return;
        double gap = (time - caller->in_time) * 1000;
        if (timestamp - caller->in_timestamp != (uint32_t)step * FRAME)
            counts.timestamp_jumps++;
        counts.lost += step - 1;
        if (step == 1) {
            note(&counts.deviation, fabs(gap - 20));
            note(&counts.gap, gap);
            counts.bursts += gap < 2;
            counts.gaps_40 += gap > 40;
            counts.gaps_60 += gap > 60;
        }
    }
    caller->heard = 1;
    caller->in_ssrc = ssrc;
    caller->in_sequence = sequence;
    caller->in_timestamp = timestamp;
    caller->in_time = time;
    if (length - HEADER <= FRAME * 4)
        find_marks(caller, packet + HEADER, length - HEADER, time);
}

static void receive(struct caller *caller)
{
    uint8_t packet[2048];
    char ancillary[64];
    for (;;) {
        struct iovec vector = {packet, sizeof packet};
        struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
        message.msg_control = ancillary;
        message.msg_controllen = sizeof ancillary;
        ssize_t length = recvmsg(caller->rtp, &message, 0);
        if (length < 0 && errno == ECONNREFUSED)
            continue;
        if (length < 0)
            return;
        if (!caller->sending)
            continue;
        if (length < HEADER || packet[0] >> 6 != 2)
            counts.malformed++;
        else if ((packet[1] & 0x7f) == PAYLOAD_TYPE)
            measure(caller, packet, length, arrival(&message));
    }
}

static void receive_rtcp(struct caller *caller)
{
    uint8_t packet[2048];
    while (recv(caller->rtcp, packet, sizeof packet, 0) > 0)
        counts.rtcp_received++;
}

// Commands and reports.

static void print_histogram(const char *name, const struct histogram *histogram)
{
    printf("\"%s\": {\"count\": %llu, \"p50\": %.2f, \"p90\": %.2f, \"p99\": %.2f, \"p999\": %.2f, \"max\": %.2f}, ", name,
           (unsigned long long)histogram->count, percentile(histogram, 0.5), percentile(histogram, 0.9),
           percentile(histogram, 0.99), percentile(histogram, 0.999), histogram->largest);
}

static void print_count(const char *name, uint64_t count) { printf("\"%s\": %llu, ", name, (unsigned long long)count); }

static void report(void)
{
    printf("{");
    print_histogram("deviation_ms", &counts.deviation);
    print_histogram("gap_ms", &counts.gap);
    print_histogram("delay_ms", &counts.delay);
    print_count("sent", counts.sent);
    print_count("withheld", counts.withheld);
    print_count("unsent", counts.unsent);
    print_count("send_late", counts.send_late);
    print_count("received", counts.received);
    print_count("lost", counts.lost);
    print_count("duplicated", counts.duplicated);
    print_count("reordered", counts.reordered);
    print_count("timestamp_jumps", counts.timestamp_jumps);
    print_count("ssrc_changes", counts.ssrc_changes);
    print_count("bursts", counts.bursts);
    print_count("gaps_40_ms", counts.gaps_40);
    print_count("gaps_60_ms", counts.gaps_60);
    print_count("marks_sent", counts.marks_sent);
    print_count("rtcp_received", counts.rtcp_received);
    print_count("malformed", counts.malformed);
    printf("\"send_late_max_ms\": %.2f, \"seconds\": %.3f}\n", counts.send_late_largest * 1000,
           clock_s(CLOCK_MONOTONIC) - counts.began);
    fflush(stdout);
}

static void reset(void)
{
    memset(&counts, 0, sizeof counts);
    counts.began = clock_s(CLOCK_MONOTONIC);
}

static struct caller *caller_at(int slot)
{
    if (slot < 0 || slot >= slots) {
        fprintf(stderr, "there is no slot %d\n", slot);
        exit(1);
    }
    return callers + slot;
}

static void obey(char *line)
{
    int slot, value;
    if (sscanf(line, "start %d %d", &slot, &value) == 2) {
        begin(caller_at(slot), slot, value);
    } else if (sscanf(line, "mark %d %d", &slot, &value) == 2) {
        caller_at(slot)->mark_every = value;
        caller_at(slot)->until_mark = value;
    } else if (sscanf(line, "stop %d", &slot) == 1) {
        caller_at(slot)->sending = 0;
    } else if (strcmp(line, "reset") == 0) {
        reset();
    } else if (strcmp(line, "report") == 0) {
        report();
    } else if (strcmp(line, "quit") == 0) {
        exit(0);
    } else {
        fprintf(stderr, "unknown command: %s\n", line);
        exit(1);
    }
}

static void read_commands(void)
{
    static char text[1 << 16];
    static size_t length;
    ssize_t more = read(STDIN_FILENO, text + length, sizeof text - 1 - length);
    if (more <= 0)
        exit(0);
    length += more;
    text[length] = 0;
    char *line = text, *end;
    while ((end = strchr(line, '\n'))) {
        *end = 0;
        obey(line);
        line = end + 1;
    }
    length -= line - text;
    memmove(text, line, length);
}

// Starting.

static int bind_socket(int port)
{
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int on = 1;
    if (descriptor < 0)
        fail("socket");
    setsockopt(descriptor, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    if (bind(descriptor, (void *)&address, sizeof address) == 0)
        return descriptor;
    close(descriptor);
    return -1;
}

static int bind_pair(struct caller *caller, int port)
{
    for (; port < 65534; port += 2) {
        caller->rtp = bind_socket(port);
        if (caller->rtp < 0)
            continue;
        caller->rtcp = bind_socket(port + 1);
        if (caller->rtcp >= 0) {
            caller->port = port;
            return port + 2;
        }
        close(caller->rtp);
    }
    fprintf(stderr, "no RTP port is free\n");
    exit(1);
}

static void watch(int poll, int descriptor, uint32_t name)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = name};
    if (epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event) < 0)
        fail("epoll_ctl");
}

static void read_sound(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        fail(path);
    fseek(file, 0, SEEK_END);
    sound_length = ftell(file);
    rewind(file);
    sound = malloc(sound_length + 1);
    if (sound_length < FRAME || !sound || fread(sound, 1, sound_length, file) != (size_t)sound_length) {
        fprintf(stderr, "%s holds no sound\n", path);
        exit(1);
    }
    fclose(file);
}

static void prefer_this_process(int cpu)
{
    if (cpu >= 0) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET(cpu, &set);
        if (sched_setaffinity(0, sizeof set, &set) < 0)
            fail("sched_setaffinity");
    }
    struct sched_param priority = {.sched_priority = 1};
    if (sched_setscheduler(0, SCHED_RR, &priority) < 0)
        fprintf(stderr, "rtp_load: no real-time priority (%s); packets may leave late\n", strerror(errno));
}

static void receive_what_came(int poll)
{
    struct epoll_event events[256];
    int ready;
    do {
        ready = epoll_wait(poll, events, 256, 0);
        for (int i = 0; i < ready; i++) {
            struct caller *caller = callers + (events[i].data.u32 >> 1);
            if (events[i].data.u32 & 1)
                receive_rtcp(caller);
            else
                receive(caller);
        }
    } while (ready == 256);
}

int main(int count, char **arguments)
{
    int cpu = -1;
    if (count < 4 || count % 2) {
        fprintf(stderr, "rtp_load SLOTS FIRST_PORT SOUND_FILE [--cpu N] [--jitter MS] [--loss P] [--drift PPM]\n");
        return 2;
    }
    for (int i = 4; i < count; i += 2) {
        double value = atof(arguments[i + 1]);
        if (strcmp(arguments[i], "--cpu") == 0)
            cpu = (int)value;
        else if (strcmp(arguments[i], "--jitter") == 0)
            jitter_s = value / 1000;
        else if (strcmp(arguments[i], "--loss") == 0)
            loss = value;
        else if (strcmp(arguments[i], "--drift") == 0)
            drift = 1 - value * 1e-6;
        else
            fprintf(stderr, "unknown option %s\n", arguments[i]);
    }
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    srand48(1);
    slots = atoi(arguments[1]);
    read_sound(arguments[3]);
    prefer_this_process(cpu);
    callers = calloc(slots, sizeof *callers);
    int poll = epoll_create1(0), sounds = epoll_create1(0), port = atoi(arguments[2]), timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    printf("[");
    for (int slot = 0; slot < slots; slot++) {
        port = bind_pair(callers + slot, port);
        watch(sounds, callers[slot].rtp, slot << 1);
        watch(sounds, callers[slot].rtcp, slot << 1 | 1);
        printf(slot ? ", %d" : "%d", callers[slot].port);
    }
    printf("]\n");
    fflush(stdout);
    struct itimerspec millisecond = {{0, 1000000}, {0, 1000000}};
    timerfd_settime(timer, 0, &millisecond, NULL);
    watch(poll, timer, TIMER);
    watch(poll, STDIN_FILENO, CONTROL);
    reset();
    for (;;) {
        struct epoll_event events[2];
        int ready = epoll_wait(poll, events, 2, -1);
        for (int i = 0; i < ready; i++) {
            uint64_t expirations;
            if (events[i].data.u32 == CONTROL) {
                receive_what_came(sounds);
                read_commands();
            } else if (read(timer, &expirations, sizeof expirations) > 0) {
                send_due(clock_s(CLOCK_MONOTONIC));
                receive_what_came(sounds);
            }
        }
    }
}
