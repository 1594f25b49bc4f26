namespace AzImageTools.Shell.CommandLine;

/// <summary>The shell was called with arguments that it does not understand.</summary>
internal sealed class UsageException(string message) : Exception(message);
