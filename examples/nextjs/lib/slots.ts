// Free slots that fit a wish, and booking one of them.

import { database } from "./database";
import type { ActionFact, FreeSlot } from "./gateway-actions";

const MOST = 10;

type Slot = { id: string; start: string; end: string; practitioner: string | null };

/** The free slots that fit the wish in `facts`; where none does, those nearest to its day. */
export function freeSlots(facts: ActionFact[], now = new Date()): FreeSlot[] {
  const wish = new Map(facts.map((fact) => [fact.name, fact.value]));
  const person = wish.get("practitioner") ?? "any";
  const free = (
    database()
      .prepare('SELECT id, start, "end", practitioner FROM slot WHERE action_key IS NULL AND unixepoch(start) > ? ORDER BY unixepoch(start)')
      .all(now.getTime() / 1000) as Slot[]
  ).filter((slot) => person === "any" || slot.practitioner === null || slot.practitioner === person);
  const fitting = free.filter((slot) => fits(slot, wish.get("preferred_date"), wish.get("preferred_time")));
  const named = fitting.length > 0 ? fitting.slice(0, MOST) : nearest(free, firstDay(wish.get("preferred_date")) ?? now);
  return named.map(({ practitioner, ...slot }) => (practitioner === null ? slot : { ...slot, practitioner }));
}

/**
 * Gives the slot to the action with this key, unless it is gone or somebody has it; whether it was given.
 * One statement decides, not a look beforehand whether it is free.
 */
export function bookSlot(slotId: string, key: string, now = new Date()): boolean {
  const booking = database().prepare("UPDATE slot SET action_key = ? WHERE id = ? AND action_key IS NULL AND unixepoch(start) > ?");
  return booking.run(key, slotId, now.getTime() / 1000).changes === 1;
}

/** Gives back what the action with this key had booked. */
export function freeSlotOf(key: string): void {
  database().prepare("UPDATE slot SET action_key = NULL WHERE action_key = ?").run(key);
}

/** The key of the action by which somebody of this name has a slot on this day (at this time, if one is given). */
export function keyOfAppointment(name: string, date: string, time: string | undefined): string | undefined {
  const moment = time === undefined ? date : `${date}T${time}`;
  const found = database()
    .prepare(
      `SELECT slot.action_key AS key FROM slot JOIN action ON action.key = slot.action_key, json_each(action.body, '$.facts') AS fact
       WHERE slot.start LIKE ? || '%' AND fact.value ->> 'name' IN ('name', 'patient_name') AND fact.value ->> 'value' = ?`,
    )
    .all(moment, name) as { key: string }[];
  const keys = new Set(found.map((row) => row.key));
  return keys.size === 1 ? [...keys][0] : undefined; // several of one name: a person has to look
}

/** Dates are days or intervals, times are moments or intervals, several of which any will do are parted by a bar. */
function fits(slot: Slot, dates: string | undefined, times: string | undefined): boolean {
  const [day, clock] = [slot.start.slice(0, 10), slot.start.slice(11, 16)];
  const onDay = dates === undefined || spans(dates).some(([first, last]) => first <= day && day <= (last ?? first));
  // A single time is a wish that others come close to: the gateway offers the nearest of the day.
  const atTime = times === undefined || spans(times).some(([first, last]) => last === undefined || (first <= clock && clock < last));
  return onDay && atTime;
}

function spans(value: string): [string, string | undefined][] {
  return value.split("|").map((span) => {
    const [first = "", last] = span.split("/");
    return [first, last];
  });
}

function firstDay(dates: string | undefined): Date | undefined {
  const day = dates === undefined ? Number.NaN : Date.parse(spans(dates)[0]?.[0] ?? "");
  return Number.isNaN(day) ? undefined : new Date(day);
}

function nearest(free: Slot[], day: Date): Slot[] {
  const distance = (slot: Slot) => Math.abs(Date.parse(slot.start) - day.getTime());
  return free
    .toSorted((one, other) => distance(one) - distance(other))
    .slice(0, MOST)
    .toSorted((one, other) => Date.parse(one.start) - Date.parse(other.start));
}
