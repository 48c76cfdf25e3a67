import type { RequestHandler, Response } from 'express';
import { sendProblem } from './problems';

/** As many images as the interactive lane holds. */
const MOST_REQUESTS = 256;
/** A client that takes nothing of its answer for so long is cut off: it would keep others out. */
const PATIENCE_MS = 60_000;

/** Refuses (429) requests while `most` others are being answered. */
export function limitRequests(most = MOST_REQUESTS, patienceMs = PATIENCE_MS): RequestHandler {
  const running = new Map<Response, number>();
  let watch: NodeJS.Timeout | null = null;
  return (_request, response, next) => {
    if (running.size >= most)
      return sendProblem(response, 'OVERLOADED', `${most} requests are being answered; try again shortly.`);
    running.set(response, 0);
    watch ??= setInterval(() => cutStalled(running), patienceMs).unref();
    response.once('close', () => {
      running.delete(response);
      if (running.size > 0 || watch === null) return;
      clearInterval(watch);
      watch = null;
    });
    next();
  };
}

/** @param running with the bytes that had been written to its connection at the last look */
function cutStalled(running: Map<Response, number>): void {
  for (const [response, before] of running) {
    const { socket } = response;
    // Before the first byte it is this process that takes its time.
    if (socket === null || !response.headersSent) continue;
    const written = socket.bytesWritten;
    if (written === before && socket.writableLength > 0) response.destroy();
    else running.set(response, written);
  }
}
