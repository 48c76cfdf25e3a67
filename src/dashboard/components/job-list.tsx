import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { PublishJob } from '../../http/schemas/publish';
import { cancelJob, listJobs } from '../api';
import { count } from '../format';
import { Bar } from './bar';

const POLL_MS = 700;
const SHOWN_JOBS = 6;

const jobs = signal<readonly PublishJob[]>([]);
const problem = signal('');

export async function refreshJobs(): Promise<void> {
  await listJobs().then(
    (answer) => {
      jobs.value = answer.jobs;
      problem.value = '';
    },
    (error: Error) => (problem.value = error.message),
  );
}

/** Publish jobs with their progress, newest first. */
export function JobList() {
  useEffect(() => {
    void refreshJobs();
    const timer = setInterval(() => !document.hidden && void refreshJobs(), POLL_MS);
    return () => clearInterval(timer);
  }, []);
  const newest = [...jobs.value].sort((a, b) => b.startedAt.localeCompare(a.startedAt)).slice(0, SHOWN_JOBS);
  return (
    <section class="card stack" aria-labelledby="jobs-title">
      <h2 id="jobs-title">Progress</h2>
      {problem.value !== '' && (
        <p class="alert" role="alert">
          {problem.value}
        </p>
      )}
      {newest.length === 0 && <p class="muted">No publish jobs yet.</p>}
      {newest.length > 0 && (
        <ul class="jobs">
          {newest.map((job) => (
            <Job key={job.id} job={job} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Job({ job }: { job: PublishJob }) {
  const { request, published, total, state } = job;
  const name = `${request.split} ${request.start}–${request.end - 1}`;
  const share = total === null ? null : total === 0 ? 1 : published / total;
  return (
    <li class={`job is-${state}`}>
      <span class="job-name">
        {name}
        <small>
          {[
            request.broker,
            request.rate && `${request.rate}/s`,
            request.loop && 'loop',
            request.shuffle && 'shuffle',
          ]
            .filter(Boolean)
            .join(', ')}
        </small>
      </span>
      <span class="job-count">
        {count(published)}
        {total !== null && <small> of {count(total)}</small>}
      </span>
      {state === 'running' ? (
        <button
          type="button"
          class="small"
          onClick={() => void cancelJob(job.id).then(refreshJobs, refreshJobs)}
          aria-label={`Cancel ${name}`}
        >
          Cancel
        </button>
      ) : (
        <span class="tag">{state}</span>
      )}
      <div
        class={share === null && state === 'running' ? 'meter is-endless' : 'meter'}
        role="progressbar"
        aria-label={`Progress of ${name}`}
        aria-valuemin={0}
        aria-valuemax={100}
        {...(share !== null && { 'aria-valuenow': Math.round(share * 100) })}
      >
        <Bar share={share ?? 1} />
      </div>
      {job.error !== undefined && <p class="job-error">{job.error}</p>}
    </li>
  );
}
