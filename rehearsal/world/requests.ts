/** One request as a host saw it. Bodies are kept for the canary test; a report shows only method, host, path and status. */
export interface SeenRequest {
  readonly at: number;
  readonly host: string;
  readonly method: string;
  /** Path with query, as sent. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** UTF-8 text; binary bodies are decoded as latin1 so that plain bytes stay searchable. */
  readonly body: string;
  status: number;
}

export class RequestLog {
  readonly all: SeenRequest[] = [];
  /**
   * What no part of the deployment should have asked: unmodelled requests, unknown hosts, a secret written past Terraform.
   * One sentence each, naming the request. Clients often swallow errors, so a clean rehearsal also checks that this is empty.
   */
  readonly surprises: string[] = [];

  add(request: SeenRequest): SeenRequest {
    this.all.push(request);
    return request;
  }

  /** Requests to hosts whose name ends with `suffix`. */
  to(suffix: string): SeenRequest[] {
    return this.all.filter((request) => request.host.endsWith(suffix));
  }
}
