namespace AzImageTools.Sandbox.Host.Forwarding;

/// <summary>The sandbox wants the connection to break in place of an answer.</summary>
internal sealed class BrokenConnectionException(Exception cause) : Exception("The sandbox broke the connection.", cause);
