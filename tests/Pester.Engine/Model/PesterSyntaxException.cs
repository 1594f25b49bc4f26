namespace Pester.Engine.Model;

/// <summary>A test file says something that this engine does not understand, or that Pester would not accept.</summary>
public sealed class PesterSyntaxException(string message) : Exception(message);
