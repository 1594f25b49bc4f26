namespace Pester.Engine.Language;

/// <summary>Ends a test as skipped; the message is the reason.</summary>
public sealed class PesterSkipException(string reason) : Exception(reason);
