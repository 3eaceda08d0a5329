import { ApolloLink, Observable } from '@apollo/client';
import { print } from '@apollo/client/utilities';
import { type ResumeOptions, resume } from './resume.ts';

/**
 * A link for in front of GraphQLWsLink: subscriptions to signals and bars go on from the last cursor whenever the client of that link
 * connects again. Other operations pass.
 */
export function resumableLink(options: ResumeOptions = {}): ApolloLink {
  return new ApolloLink((operation, forward) => {
    const { query, variables } = operation;
    return new Observable<ApolloLink.Result>((observer) =>
      resume(
        (current, sink) => {
          operation.variables = current;
          const subscription = forward(operation).subscribe(sink);
          return () => subscription.unsubscribe();
        },
        { query: print(query), variables },
        observer,
        options,
      ),
    );
  });
}
