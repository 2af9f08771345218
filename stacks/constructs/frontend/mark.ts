/** A header by which the load balancer's firewall knows the requests of this distribution. */
export interface Mark {
  readonly header: string;
  readonly value: string;
}
