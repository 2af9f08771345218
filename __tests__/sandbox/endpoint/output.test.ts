import {
  pluginOutput,
  standardErrorContent,
  standardOutputContent,
} from '../../../provisioner/sandbox/endpoint/output';

const bytes = (length: number, of = 'x') => Buffer.from(of.repeat(length));

describe('GetCommandInvocation', () => {
  it('shows up to 23,999 bytes of standard output as they are', () => {
    expect(standardOutputContent(bytes(23_999))).toBe('x'.repeat(23_999));
  });

  it('cuts from 24,000 on, mark included', () => {
    expect(standardOutputContent(bytes(24_000))).toBe(`${'x'.repeat(23_980)}--output truncated--`);
    expect(standardOutputContent(bytes(100_000))).toHaveLength(24_000);
  });

  it('cuts standard error at 8,000', () => {
    expect(standardErrorContent(bytes(8000))).toBe(`${'x'.repeat(7980)}--output truncated--`);
  });

  it('counts bytes, not characters', () => {
    expect(standardOutputContent(bytes(12_000, 'é'))).toBe(`${'é'.repeat(11_990)}--output truncated--`);
  });
});

describe('ListCommandInvocations', () => {
  it('joins both outputs behind a title', () => {
    expect(pluginOutput(Buffer.from('out'), Buffer.from('err'))).toBe('out\n----------ERROR-------\nerr');
    expect(pluginOutput(Buffer.from('out'), Buffer.alloc(0))).toBe('out');
  });

  it.each([
    ['a long output', 5000, 0, /x\n---Output truncated---$/],
    ['a long output and a short error', 5000, 10, /x\n---Output truncated---\n-+ERROR-+\ne{10}$/],
    ['a short output and a long error', 10, 5000, /^x{10}\n-+ERROR-+\ne+\n---Error truncated----$/],
    ['both long', 5000, 5000, /x\n---Output truncated---\n-+ERROR-+\ne+\n---Error truncated----$/],
  ])('cuts %s to 2,500', (_what, out, error, form) => {
    const output = pluginOutput(bytes(out), bytes(error, 'e'));
    expect(output).toMatch(form);
    expect(output.length).toBeLessThanOrEqual(2500);
    expect(output.length).toBeGreaterThan(2490);
  });
});
