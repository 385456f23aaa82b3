// Taking an action once: it, the booking and the answer are one transaction.

import { database, inTransaction } from "./database";
import type { Action, ActionAnswer, GatewayRequest } from "./gateway-actions";
import { bookSlot, freeSlotOf, keyOfAppointment } from "./slots";

export type Taken = { answer: ActionAnswer; isNew: boolean };

export type StoredAction = { receivedAt: string; action: Action; answer: ActionAnswer; withdrawn: boolean };

/** Takes the action with this key, or answers a repetition as the first time. */
export function takeOnce(key: string, action: Action, body: string): Taken {
  const db = database();
  return inTransaction(db, () => {
    const known = db.prepare("SELECT answer FROM action WHERE key = ?").get(key) as { answer: string } | undefined;
    if (known !== undefined) return { answer: JSON.parse(known.answer) as ActionAnswer, isNew: false };
    db.prepare("INSERT INTO action (key, id, type, received_at, body, answer) VALUES (?, ?, ?, ?, ?, '{}')").run(
      key,
      action.id,
      action.type,
      new Date().toISOString(),
      body,
    );
    const answer = perform(key, action);
    db.prepare("UPDATE action SET answer = ? WHERE key = ?").run(JSON.stringify(answer), key);
    return { answer, isNew: true };
  });
}

function perform(key: string, action: Action): ActionAnswer {
  switch (action.type) {
    case "appointment.requested":
    case "appointment.move_requested": {
      const { slot, slot_start } = action.details;
      if (slot === undefined) return {}; // the practice confirms it itself
      if (!bookSlot(slot, key)) return { appointment: { status: "taken" } };
      if (action.type === "appointment.move_requested") freeFormerSlot(action);
      return { appointment: { status: "booked", ...(slot_start === undefined ? {} : { start: slot_start }) } };
    }
    case "appointment.cancel_requested":
      freeFormerSlot(action);
      return {};
    case "action.withdrawn":
      freeSlotOf(action.details.idempotency_key);
      database().prepare("UPDATE action SET withdrawn = 1 WHERE key = ?").run(action.details.idempotency_key);
      return {};
    default:
      return {}; // kept for the staff; a type that is newer than this code as well
  }
}

/** Frees what the patient had before; where it is not found for certain, the staff sees the action and does it. */
function freeFormerSlot(action: Action): void {
  const facts = new Map(action.facts.map((fact) => [fact.name, fact.value]));
  const [name, date] = [facts.get("patient_name") ?? facts.get("name"), facts.get("existing_date")];
  if (name === undefined || date === undefined) return;
  const key = keyOfAppointment(name, date, facts.get("existing_time"));
  if (key !== undefined) freeSlotOf(key);
}

/** The latest actions; emergencies first. */
export function latestActions(limit: number): StoredAction[] {
  const rows = database()
    .prepare("SELECT received_at, body, answer, withdrawn FROM action ORDER BY type = 'emergency.flagged' DESC, rowid DESC LIMIT ?")
    .all(limit) as { received_at: string; body: string; answer: string; withdrawn: number }[];
  return rows.map((row) => ({
    receivedAt: row.received_at,
    action: JSON.parse(row.body) as Action,
    answer: JSON.parse(row.answer) as ActionAnswer,
    withdrawn: row.withdrawn === 1,
  }));
}

/** The request in `body`, or undefined where it is none of version 1. Its sender was verified before. */
export function parseRequest(body: string): GatewayRequest | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const request = value as Partial<GatewayRequest>;
  const isRequest =
    request.version === 1 &&
    typeof request.id === "string" &&
    typeof request.type === "string" &&
    typeof request.call === "object" &&
    request.call !== null &&
    Array.isArray(request.facts) &&
    typeof request.details === "object" &&
    request.details !== null;
  return isRequest ? (request as GatewayRequest) : undefined;
}
