export const STATES = {
  bot: "AI agent",
  queued: "Waiting for a person",
  human: "With a person",
  closed: "Closed",
};

const REASONS = {
  customer_request: "The customer asked for a person",
  missing_knowledge: "No article answers this",
  unsupported_request: "The AI agent cannot do this",
  policy_restriction: "Left to people by policy",
  tool_failure: "A tool failed",
  negative_sentiment: "The customer is unhappy",
  loop: "The AI agent went in circles",
  usage_limit: "A limit was reached",
};

/** Why a conversation was handed to people. */
export const escalationReason = (reason) => REASONS[reason] ?? reason.replaceAll("_", " ");

const RATING_REASONS = {
  wrong: "It is incorrect.",
  incomplete: "Something is missing.",
  off_topic: "It is not what was asked.",
  outdated: "It is out of date.",
};

/** What was wrong with an answer; integrations may have words of their own for it. */
export const ratingReason = (reason) => RATING_REASONS[reason] ?? reason;

/** What to call a customer, also one of whom nothing is known. */
export const customerName = (customer) => customer.name || customer.email || `Visitor ${customer.id.slice(0, 4).toUpperCase()}`;
