// A typed client in one file: copy it, with generated/, into an application and grow it from there.
import {
  LikeListingDocument,
  ListingPageDocument,
  type ListingPageQuery_listings,
  type TypedDocumentString,
} from "./generated/operations";
import type { ListingFilter } from "./generated/schema";

const DEADLINE_MS = 10_000;

export type Problem = {
  readonly message: string;
  readonly path?: ReadonlyArray<string | number>;
  readonly extensions?: { readonly code?: string };
};

/** There was no answer to use: a broken request, a limit or a fault. What an action refuses comes back as a result. */
export class RequestFailed extends Error {
  constructor(
    readonly status: number,
    readonly problems: ReadonlyArray<Problem>,
  ) {
    super(problems[0]?.message ?? `The marketplace answered with status ${status}.`);
    this.name = "RequestFailed";
  }
}

/** Sends one operation. Variables may be left out where the operation needs none. */
export type Request = <Result, Variables>(
  document: TypedDocumentString<Result, Variables>,
  ...[variables]: {} extends Variables ? [variables?: Variables] : [variables: Variables]
) => Promise<Result>;

/** A way to send operations to `url`, on behalf of the viewer whose token is given. */
export function connect({ url, token }: { readonly url: string; readonly token?: string }): Request {
  return async (document, ...[variables]) => {
    const response = await fetch(url, {
      method: "POST",
      headers: {
        accept: "application/graphql-response+json, application/json",
        "content-type": "application/json",
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({ query: document.toString(), variables: variables ?? {} }),
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    // A proxy in between may answer with a page; that is a failed request too.
    const reply = await response.json().catch(() => ({}));
    if (!reply.data) {
      throw new RequestFailed(response.status, reply.errors ?? []);
    }
    // A part that failed is null and typed so: a page can show the rest.
    return reply.data;
  };
}

/** One page of cards, newest first; null when listings cannot be read just now. */
export async function listingPage(
  request: Request,
  filter: ListingFilter,
  after?: string,
): Promise<ListingPageQuery_listings | null> {
  const page = await request(ListingPageDocument, { filter, sort: "NEWEST", first: 20, after });
  return page.listings;
}

/** What to tell the viewer. A result this does not know of fails the type check, not the viewer. */
export async function like(request: Request, id: string): Promise<string> {
  const { likeListing: result } = await request(LikeListingDocument, { id });
  switch (result.__typename) {
    case "ListingMarked":
      return `Likes: ${result.listing?.counters?.likes ?? "unknown"}`;
    case "NotSignedIn":
      return "Sign in to like this listing.";
    case "NotFound":
    case "RetryLater":
      return result.message;
  }
}
