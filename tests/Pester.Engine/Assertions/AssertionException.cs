namespace Pester.Engine.Assertions;

/// <summary>What was expected did not hold.</summary>
public sealed class AssertionException(string message) : Exception(message);
