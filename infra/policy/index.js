// The engine loads a policy pack by this name; what it is made of needs no build.
import './pack.ts';
