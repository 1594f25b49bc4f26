namespace Microsoft.CodeAnalysis;

/// <summary>Known to the compiler: what carries it is seen by no other assembly, not even by tests that see internal types.</summary>
[AttributeUsage(AttributeTargets.All)]
internal sealed class EmbeddedAttribute : Attribute;
