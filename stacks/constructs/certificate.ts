import { AcmCertificate } from '@cdktf/provider-aws/lib/acm-certificate';
import { AcmCertificateValidation } from '@cdktf/provider-aws/lib/acm-certificate-validation';
import { Construct } from 'constructs';
import type { Alarms } from './alarms';
import type { Dns, ValidationRecord } from './dns';

export interface CertificateArgs {
  /** Tag `Name` of the certificate. */
  readonly name: string;
  /** The hosts it is for, 1 to 10 (ACM's default quota), the first one up to 64 characters. No wildcards. */
  readonly hosts: readonly string[];
  /** Where the hosts' records are. A host may be in one certificate of the environment only: ACM asks for one record a host. */
  readonly dns: Dns;
  /** Region of the certificate. Default: the environment's. CloudFront takes those of us-east-1 only. */
  readonly region?: string;
  /** Where to tell that it runs out: alarms of the certificate's region, for they see metrics of no other. Default: nowhere. */
  readonly alarms?: Alarms;
}

/**
 * A certificate of ACM, validated by DNS, which ACM renews by itself as long as the record stands.
 *
 * Cost: none.
 */
export class Certificate extends Construct {
  readonly #args: CertificateArgs;
  readonly #validation: AcmCertificateValidation;

  constructor(scope: Construct, id: string, args: CertificateArgs) {
    super(scope, id);
    this.#args = args;
    const [first, ...others] = args.hosts;
    if (first === undefined) throw new Error('a certificate needs a host');
    const region = args.region === undefined ? {} : { region: args.region };
    const certificate = new AcmCertificate(this, 'certificate', {
      ...region,
      domainName: first,
      subjectAlternativeNames: others,
      validationMethod: 'DNS',
      tags: { Name: args.name },
      // A listener uses it until the next one is there.
      lifecycle: { createBeforeDestroy: true },
    });
    this.#validation = new AcmCertificateValidation(this, 'validation', {
      ...region,
      certificateArn: certificate.arn,
      validationRecordFqdns: args.hosts.map((host) => args.dns.prove(host, proof(certificate, host))),
    });
    this.#warnBeforeEnd(certificate);
  }

  /** ARN of the certificate, once it is valid. */
  get arn(): string {
    return this.#validation.certificateArn;
  }

  #warnBeforeEnd(certificate: AcmCertificate): void {
    this.#args.alarms?.add(`${this.node.id}-expiry`, {
      description:
        `The certificate of ${this.#args.hosts[0]} ends in less than 30 days: ACM should have renewed it by now. ` +
        'Look at its renewal status in ACM; the validation records (CNAME) must be in the zone, and a CAA record, if there is one, must allow amazon.com.',
      namespace: 'AWS/CertificateManager',
      metric: 'DaysToExpiry',
      dimensions: { CertificateArn: certificate.arn },
      statistic: 'Minimum',
      comparison: 'LessThanThreshold',
      threshold: 30,
      period: 86_400,
      periods: 1,
      missingData: 'notBreaching',
    });
  }
}

/** ACM gives the records as a set, without an order: the host's own is picked out of it, by Terraform. */
function proof(certificate: AcmCertificate, host: string): ValidationRecord {
  const options = `${certificate.terraformResourceType}.${certificate.friendlyUniqueId}.domain_validation_options`;
  const pick = (attribute: string) =>
    `\${one([for option in ${options} : option.${attribute} if option.domain_name == "${host}"])}`;
  return {
    name: pick('resource_record_name'),
    type: pick('resource_record_type'),
    value: pick('resource_record_value'),
  };
}
