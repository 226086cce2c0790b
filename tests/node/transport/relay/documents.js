// Five documents of a Relay application; relay-compiler must accept each against the served schema.
import { graphql } from 'relay-runtime';

graphql`
  fragment documents_seller on User {
    id
    name
  }
`;

graphql`
  fragment documents_listing on Listing {
    id
    title
    seller {
      ...documents_seller
    }
  }
`;

graphql`
  fragment documents_page on Query
  @argumentDefinitions(first: { type: "Int", defaultValue: 10 }, after: { type: "String" })
  @refetchable(queryName: "documentsPageQuery") {
    listings(first: $first, after: $after) @connection(key: "documents_listings") {
      edges {
        node {
          id
          ...documents_listing
        }
      }
    }
  }
`;

graphql`
  query documentsNodeQuery($id: ID!) {
    node(id: $id) {
      id
      ...documents_listing @alias
    }
  }
`;

graphql`
  subscription documentsTicksSubscription {
    ticks(count: 3) {
      number
    }
  }
`;
