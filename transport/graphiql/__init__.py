"""The GraphiQL page: a query console that works with its npm files, with a CDN, or with neither."""
