// Whether a request comes from the practice's gateway, and from now.

import { createHmac, timingSafeEqual } from "node:crypto";

/** How far a signature's time may be from this clock, in seconds; an older request was recorded and sent again. */
export const TOLERANCE_S = 300;

const FORM = /^t=(\d{1,15})((?:,v1=[0-9a-f]{64}){1,4})$/;

/**
 * Whether `header` (X-Gateway-Signature) signs `body`, the request's exact bytes, with `secret` at `now`, in seconds
 * since 1970. While the gateway's secret is being replaced there are two `v1`, one by each secret: one has to match.
 */
export function isSigned(header: string | null, body: Uint8Array, secret: string, now: number): boolean {
  const [, time, digests] = FORM.exec(header ?? "") ?? [];
  if (time === undefined || digests === undefined) return false;
  const expected = createHmac("sha256", secret).update(`${time}.`).update(body).digest();
  // Every digest is compared, each in constant time: how long it takes tells nothing.
  const matches = digests
    .split(",v1=")
    .slice(1)
    .map((digest) => timingSafeEqual(expected, Buffer.from(digest, "hex")));
  return matches.includes(true) && Math.abs(now - Number(time)) <= TOLERANCE_S;
}
