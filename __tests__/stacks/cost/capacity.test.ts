import { capacityOf } from '../../../stacks/cost/capacity';

describe('the capacity of an instance type', () => {
  it.each([
    ['t4g.medium', 2, 4],
    ['t3.2xlarge', 8, 32],
    ['m7g.large', 2, 8],
    ['m6i.xlarge', 4, 16],
    ['c7g.medium', 1, 2],
    ['r7g.4xlarge', 16, 128],
  ])('%s has %d vCPUs and %d GiB', (type, vcpus, gib) => {
    expect(capacityOf(type)).toEqual({ vcpus, gib });
  });

  it.each(['t2.micro', 'g5.xlarge', 'm5.metal', 't4g.huge', 'x9.large', ''])(
    'is not guessed for %p',
    (type) => {
      expect(capacityOf(type)).toBeUndefined();
    },
  );
});
