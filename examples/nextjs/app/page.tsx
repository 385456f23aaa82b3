// What came in, newest first and emergencies on top. Put it behind your application's own sign-in.

import { latestActions, type StoredAction } from "@/lib/actions";

export const dynamic = "force-dynamic";

export default function Page() {
  const actions = latestActions(100);
  return (
    <main>
      <meta httpEquiv="refresh" content="10" />
      <h1>What callers asked for</h1>
      {actions.length === 0 ? <p>Nothing yet.</p> : actions.map((stored) => <ActionCard key={stored.action.id} {...stored} />)}
    </main>
  );
}

function ActionCard({ action, answer, receivedAt, withdrawn }: StoredAction) {
  const kind = withdrawn ? "withdrawn" : action.type === "emergency.flagged" ? "urgent" : undefined;
  const rows: [string, string][] = [
    ["caller", `${action.call.caller_number ?? "anonymous"} (${action.call.language})`],
    ...action.facts.map((fact): [string, string] => [fact.name, fact.confirmed ? fact.value : `${fact.value} (not confirmed)`]),
    ...Object.entries(action.details as Record<string, string>).filter(([name]) => name !== "language" && name !== "caller_number"),
    ...(answer.appointment ? [["answer", answer.appointment.status] satisfies [string, string]] : []),
  ];
  return (
    <article className={kind}>
      <h2>
        {action.type} <time dateTime={receivedAt}>{receivedAt.slice(0, 16).replace("T", " ")} UTC</time>
      </h2>
      <dl>
        {rows.map(([name, value]) => [<dt key={`${name}?`}>{name}</dt>, <dd key={name}>{value}</dd>])}
      </dl>
    </article>
  );
}
