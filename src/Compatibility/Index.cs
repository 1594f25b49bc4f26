using Microsoft.CodeAnalysis;

namespace System;

/// <summary>A place in a list, counted from its beginning or its end (<c>^1</c>), as .NET has it.</summary>
/// <param name="value">How far from there; not negative.</param>
/// <param name="fromEnd">Whether it is counted from the end.</param>
[Embedded]
internal readonly struct Index(int value, bool fromEnd = false)
{
    private readonly int _value = value < 0 ? throw new ArgumentOutOfRangeException(nameof(value)) : fromEnd ? ~value : value;

    /// <summary>The first place.</summary>
    public static Index Start => new(0);

    /// <summary>Behind the last place.</summary>
    public static Index End => new(0, fromEnd: true);

    /// <summary>How far from the beginning or the end.</summary>
    public int Value => _value < 0 ? ~_value : _value;

    /// <summary>Whether it is counted from the end.</summary>
    public bool IsFromEnd => _value < 0;

    public static implicit operator Index(int value) => new(value);

    /// <summary>How far from the beginning of a list.</summary>
    /// <param name="length">The list's length.</param>
    public int GetOffset(int length) => IsFromEnd ? length - Value : Value;
}
