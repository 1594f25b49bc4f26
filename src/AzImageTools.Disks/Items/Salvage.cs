namespace AzImageTools.Disks.Items;

/// <summary>Reads what may be damaged: the damage becomes a part of what is read, and whoever reads goes on with something else.</summary>
internal static class Salvage
{
    /// <summary>The elements of a lazy sequence, and in place of the rest what kept it from being read.</summary>
    public static IEnumerable<Found<T>> Enumerate<T>(Func<IEnumerable<T>> open)
        where T : class
    {
        IEnumerator<T>? elements = null;
        try
        {
            while (true)
            {
                Found<T>? next = Next(open, ref elements);
                if (next is not { } found)
                {
                    yield break;
                }

                yield return found;
                if (found.Problem is not null)
                {
                    yield break;
                }
            }
        }
        finally
        {
            elements?.Dispose();
        }
    }

    /// <summary>What a function gives; null and the problem where it can't be read.</summary>
    public static T? Try<T>(Func<T?> read, out Exception? problem)
        where T : class
    {
        try
        {
            problem = null;
            return read();
        }
        catch (IOException exception)
        {
            problem = exception;
            return null;
        }
    }

    private static Found<T>? Next<T>(Func<IEnumerable<T>> open, ref IEnumerator<T>? elements)
        where T : class
    {
        try
        {
            elements ??= open().GetEnumerator();
            return elements.MoveNext() ? Found<T>.Of(elements.Current) : null;
        }
        catch (IOException exception)
        {
            return Found<T>.Failed(exception);
        }
    }
}
