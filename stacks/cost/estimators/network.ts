import { blocksOf, listOf, textOf } from '../../terraform/values';
import type { Estimators } from '../estimator';
import { flowLogGb } from '../usage';
import { toOtherZones, waysOut } from './way-out';

/** The VPC, ways in and out of it, and traffic. */
export const network: Estimators = {
  aws_vpc: (_resource, { usage, stack }) => [
    {
      what: 'traffic between zones',
      price: 'transfer.betweenZones',
      quantity: usage.betweenZonesGb,
      assumed: true,
    },
    // A NAT gateway bills what it processes; what leaves to the internet is little of it. See docs/cost.md.
    ...(stack.ofType('aws_lb').length > 0
      ? []
      : [{ what: 'to the internet', price: 'transfer.out', quantity: usage.directOutGb, assumed: true }]),
  ],
  aws_nat_gateway: (_resource, context) => [
    { what: 'NAT gateway', price: 'natGateway.hour', quantity: context.usage.hours },
    {
      what: 'data through it',
      price: 'natGateway.gb',
      quantity: context.usage.natGb / waysOut(context),
      assumed: true,
    },
    ...toOtherZones(context),
  ],
  aws_vpc_endpoint: ({ properties }, { usage }) => {
    if (textOf(properties.vpc_endpoint_type) !== 'Interface') return 'gateway endpoints are free';
    const zones = Math.max(1, listOf(properties.subnet_ids).length);
    return [
      { what: `endpoint in ${zones} zones`, price: 'interfaceEndpoint.hour', quantity: usage.hours * zones },
      { what: 'data through it', price: 'interfaceEndpoint.gb', quantity: usage.endpointGb, assumed: true },
    ];
  },
  aws_lb: ({ properties }, { usage }) => {
    const zones = Math.max(2, listOf(properties.subnets).length, listOf(properties.subnet_mapping).length);
    const internal = properties.internal === true;
    return [
      { what: 'load balancer', price: 'alb.hour', quantity: usage.hours },
      { what: 'capacity units', price: 'alb.lcu', quantity: usage.hours * usage.lcu, assumed: true },
      ...(internal
        ? []
        : [
            {
              what: `${zones} public IPv4 addresses`,
              price: 'publicIpv4.hour',
              quantity: usage.hours * zones,
            },
            { what: 'to the internet', price: 'transfer.out', quantity: usage.directOutGb, assumed: true },
          ]),
    ];
  },
  aws_flow_log: ({ properties }, { usage }) => {
    const toBucket = textOf(properties.log_destination_type) === 's3';
    return [
      {
        what: toBucket ? 'delivery to S3' : 'delivery to CloudWatch',
        price: toBucket ? 'logs.vendedToS3' : 'logs.vended',
        quantity: flowLogGb(usage, properties),
        assumed: true,
      },
    ];
  },
  aws_route53_zone: ({ properties }, { usage }) => [
    { what: 'hosted zone', price: 'route53.zone', quantity: 1 },
    // What nodes ask of a private zone is next to nothing: resolvers keep the answer.
    ...(blocksOf(properties.vpc).length > 0
      ? []
      : [{ what: 'queries', price: 'route53.queries', quantity: usage.siteMillions, assumed: true }]),
  ],
  aws_route53_health_check: () => [{ what: 'health check', price: 'route53.healthCheck', quantity: 1 }],
};
