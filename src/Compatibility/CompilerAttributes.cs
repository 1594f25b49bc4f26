#pragma warning disable MA0048 // These are the types that the compiler asks for: each is a name, and most have no more than that.
using System.ComponentModel;
using Microsoft.CodeAnalysis;

namespace System.Runtime.CompilerServices
{
    /// <summary>Lets properties be set by initializers alone.</summary>
    [Embedded]
    [EditorBrowsable(EditorBrowsableState.Never)]
    internal static class IsExternalInit;

    /// <summary>Marks what has to be set when an object is made.</summary>
    [Embedded]
    [AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Field | AttributeTargets.Property, Inherited = false)]
    internal sealed class RequiredMemberAttribute : Attribute;

    /// <summary>Keeps a compiler away that does not know a feature.</summary>
    /// <param name="featureName">The feature.</param>
    [Embedded]
    [AttributeUsage(AttributeTargets.All, AllowMultiple = true, Inherited = false)]
    internal sealed class CompilerFeatureRequiredAttribute(string featureName) : Attribute
    {
        /// <summary>The feature.</summary>
        public string FeatureName { get; } = featureName;

        /// <summary>Whether a compiler may do without.</summary>
        public bool IsOptional { get; init; }
    }

    /// <summary>Marks a type that takes the parts of an interpolated string.</summary>
    [Embedded]
    [AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct, Inherited = false)]
    internal sealed class InterpolatedStringHandlerAttribute : Attribute;
}

namespace System.Diagnostics.CodeAnalysis
{
    /// <summary>Marks a constructor that sets all that has to be set.</summary>
    [Embedded]
    [AttributeUsage(AttributeTargets.Constructor, Inherited = false)]
    internal sealed class SetsRequiredMembersAttribute : Attribute;

    /// <summary>Null may be given where none is returned.</summary>
    [Embedded]
    [AttributeUsage(AttributeTargets.Field | AttributeTargets.Parameter | AttributeTargets.Property, Inherited = false)]
    internal sealed class AllowNullAttribute : Attribute;

    /// <summary>What it names is not null afterwards.</summary>
    /// <param name="members">Fields and properties.</param>
    [Embedded]
    [AttributeUsage(AttributeTargets.Method | AttributeTargets.Property, AllowMultiple = true, Inherited = false)]
    internal sealed class MemberNotNullAttribute(params string[] members) : Attribute
    {
        /// <summary>Fields and properties.</summary>
        public string[] Members { get; } = members;
    }
}
