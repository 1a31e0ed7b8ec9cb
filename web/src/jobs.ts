/** Work that the api does behind its answer, watched to its end. */
import { api } from "./api/client";
import type { Job } from "./api/types";

/** The job once it is done or has failed; as it stands after half a minute. */
export async function ended(job: Job): Promise<Job> {
  let found = job;
  for (let n = 0; n < 40 && !["done", "failed"].includes(found.state); n++) {
    await new Promise((resolve) => setTimeout(resolve, 750));
    found = await api.job(job.id);
  }
  return found;
}
