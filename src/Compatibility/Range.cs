using System.Runtime.InteropServices;
using Microsoft.CodeAnalysis;

namespace System;

/// <summary>A part of a list (<c>1..^1</c>), as .NET has it.</summary>
/// <param name="start">Its first place.</param>
/// <param name="end">The place behind its last.</param>
[Embedded]
[StructLayout(LayoutKind.Auto)]
internal readonly struct Range(Index start, Index end)
{
    /// <summary>All of a list.</summary>
    public static Range All => new(Index.Start, Index.End);

    /// <summary>Its first place.</summary>
    public Index Start { get; } = start;

    /// <summary>The place behind its last.</summary>
    public Index End { get; } = end;

    /// <summary>From a place to the end.</summary>
    /// <param name="start">The place.</param>
    public static Range StartAt(Index start) => new(start, Index.End);

    /// <summary>From the beginning to a place.</summary>
    /// <param name="end">The place behind its last.</param>
    public static Range EndAt(Index end) => new(Index.Start, end);
}
