// Declares the matchers that `Testing.setupJest()` adds.
import 'cdktf/lib/testing/adapters/jest';
