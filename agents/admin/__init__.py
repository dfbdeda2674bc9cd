"""Connected systems in the admin, and the calls that were made. For administrators: no group has these permissions."""

from agents.admin import evaluations, http_tools, mcp_servers, mcp_tools, tool_calls

__all__ = ["evaluations", "http_tools", "mcp_servers", "mcp_tools", "tool_calls"]
