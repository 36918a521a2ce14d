"""The official SDKs as callers, each to vendors of each language: plain, streamed, and two turns with a tool."""
