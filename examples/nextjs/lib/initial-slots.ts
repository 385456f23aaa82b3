// What an empty calendar is filled with. Yours comes from the practice's own software.

import { readFileSync } from "node:fs";
import type { FreeSlot } from "./gateway-actions";

const ZONE = "Europe/Zurich";
const DAYS = 28;
const HOURS = [8, 9, 10, 11, 14, 15];
const SUNDAY = 0;
const SATURDAY = 6;

export function initialSlots(now = new Date()): FreeSlot[] {
  const file = process.env.SLOTS_FILE;
  if (file) return (JSON.parse(readFileSync(file, "utf8")) as { slots: FreeSlot[] }).slots;
  const days = Array.from({ length: DAYS }, (_, index) => new Date(now.getTime() + (index + 1) * 86_400_000));
  return days.filter(isWorkingDay).flatMap((day) => HOURS.map((hour) => slotAt(day, hour)));
}

function isWorkingDay(day: Date): boolean {
  return day.getUTCDay() !== SUNDAY && day.getUTCDay() !== SATURDAY;
}

function slotAt(day: Date, hour: number): FreeSlot {
  const date = day.toISOString().slice(0, 10);
  const offset = offsetOn(day);
  const at = (minute: string) => `${date}T${String(hour).padStart(2, "0")}:${minute}:00${offset}`;
  return { id: `${date}-${hour}`, start: at("00"), end: at("30") };
}

/** The zone's offset on that day, such as +01:00. Clocks change on Sundays, when there are no slots. */
function offsetOn(day: Date): string {
  const parts = new Intl.DateTimeFormat("en", { timeZone: ZONE, timeZoneName: "longOffset" }).formatToParts(day);
  return parts.find((part) => part.type === "timeZoneName")?.value.replace("GMT", "") || "+00:00";
}
