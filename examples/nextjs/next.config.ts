import type { NextConfig } from "next";

const config: NextConfig = {
  poweredByHeader: false,
  // Patients' data: no page is for a cache, a frame or another site.
  headers: async () => [
    {
      source: "/:path*",
      headers: [
        { key: "Cache-Control", value: "no-store" },
        { key: "X-Frame-Options", value: "DENY" },
        { key: "Referrer-Policy", value: "no-referrer" },
      ],
    },
  ],
};

export default config;
