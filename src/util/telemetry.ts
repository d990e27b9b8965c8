/**
 * Switches off the telemetry of ONNX Runtime: without this it keeps a device id and a database of events in the user's cache
 * folder and looks up a host to send them to.
 *
 * The native library reads the environment of the process when it is loaded. What a worker thread writes to `process.env`
 * never gets there, so the main thread calls this before it starts any.
 */
export function disableTelemetry(): void {
  process.env.ORT_DISABLE_TELEMETRY = '1';
}
