// Where the gateway's NEXTJS_ACTION_ENDPOINT points.

import { parseRequest, takeOnce } from "@/lib/actions";
import type { SlotsAnswer } from "@/lib/gateway-actions";
import { isSigned } from "@/lib/signature";
import { freeSlots } from "@/lib/slots";

export const runtime = "nodejs";
export const dynamic = "force-dynamic";

const LARGEST_BODY = 256 * 1024;

export async function POST(request: Request): Promise<Response> {
  const secret = process.env.NEXTJS_ACTION_SECRET;
  // 503, not 401: the gateway tries again until the secret is set, and nothing is lost.
  if (!secret) return refuse(503, "NEXTJS_ACTION_SECRET is not set.");
  const bytes = await readAtMost(request, LARGEST_BODY);
  if (bytes === undefined) return refuse(413, `A request has at most ${LARGEST_BODY} bytes.`);
  if (!isSigned(request.headers.get("x-gateway-signature"), bytes, secret, Date.now() / 1000)) {
    return refuse(401, "The signature is missing, not right, or more than five minutes off.");
  }
  const key = request.headers.get("idempotency-key");
  if (!key) return refuse(400, "The header Idempotency-Key is missing.");
  const body = bytes.toString("utf8");
  const received = parseRequest(body);
  if (received === undefined) return refuse(422, "The body is no request of version 1.");
  if (received.type === "slots.requested") {
    return Response.json({ slots: freeSlots(received.facts) } satisfies SlotsAnswer);
  }
  const { answer, isNew } = takeOnce(key, received, body);
  return Response.json(answer, { status: isNew ? 201 : 200 });
}

function refuse(status: number, error: string): Response {
  return Response.json({ error }, { status });
}

/** The request's bytes, undefined where they are more than `most`: what is too long is not kept in memory first. */
async function readAtMost(request: Request, most: number): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > most) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
