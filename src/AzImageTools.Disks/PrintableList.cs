using System.Collections;

namespace AzImageTools.Disks;

/// <summary>
/// A list of an object that is emitted. As text, which Export-Csv writes of it, it is its items with "; " between them, where .NET
/// gives the name of the list's type.
/// </summary>
/// <typeparam name="T">What is listed.</typeparam>
public sealed class PrintableList<T> : IReadOnlyList<T>
{
    private readonly IReadOnlyList<T> _items;

    internal PrintableList(IReadOnlyList<T> items)
    {
        _items = items;
    }

    /// <inheritdoc/>
    public int Count => _items.Count;

    /// <inheritdoc/>
    public T this[int index] => _items[index];

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator() => _items.GetEnumerator();

    /// <summary>The items, "; " between them.</summary>
    public override string ToString() => string.Join("; ", _items);

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>Makes lists that can be read as text.</summary>
public static class PrintableList
{
    /// <summary>A list whose text is its items; the very list where it is one already.</summary>
    /// <typeparam name="T">What is listed.</typeparam>
    /// <param name="items">The items.</param>
    public static PrintableList<T> Of<T>(IReadOnlyList<T> items)
        => items as PrintableList<T> ?? new PrintableList<T>(items ?? throw new ArgumentNullException(nameof(items)));
}
