"""OpenTelemetry traces of calls; the library is imported only where they are switched on."""
