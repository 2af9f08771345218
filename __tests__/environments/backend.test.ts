import { stateBackend } from '../../environments/backend';
import { defineEnvironment } from '../../environments/schema';

function backendOf(input: object, variables: Record<string, string> = {}) {
  return stateBackend(defineEnvironment({ name: 'dev', ...input }, 'test'), variables);
}

describe('the state backend', () => {
  it('is known from the file alone', () => {
    expect(backendOf({ accountId: '123456789012', project: 'tickets' })).toEqual({
      bucket: 'tickets-tfstate-123456789012',
      key: 'tickets/dev.tfstate',
      region: 'ap-northeast-2',
      dynamodbTable: 'tickets-tfstate-locks',
    });
  });

  it('has one key for each environment', () => {
    expect(backendOf({ name: 'dev' }).key).not.toBe(backendOf({ name: 'qa' }).key);
  });

  it('takes bucket and region from the environment, the bucket first from the variable', () => {
    const state = { state: { bucket: 'our-states', region: 'us-east-1' } };
    expect(backendOf(state)).toMatchObject({ bucket: 'our-states', region: 'us-east-1' });
    expect(backendOf(state, { STAGECRAFT_STATE_BUCKET: 'elsewhere' }).bucket).toBe('elsewhere');
    expect(backendOf(state, { STAGECRAFT_STATE_BUCKET: '' }).bucket).toBe('our-states');
  });

  it('refuses a variable that names no bucket', () => {
    expect(() => backendOf({}, { STAGECRAFT_STATE_BUCKET: 'Not A Bucket' })).toThrow(
      'The variable STAGECRAFT_STATE_BUCKET holds no bucket name\n  "Not A Bucket" is not allowed',
    );
  });
});
