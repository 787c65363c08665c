"""The staff desk: sign-in, queues, ticket pages, live chat. Mounted at /desk by the gateway."""
