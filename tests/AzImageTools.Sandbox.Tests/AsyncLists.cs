namespace AzImageTools.Sandbox.Tests;

internal static class AsyncLists
{
    public static async Task<List<TResult>> Select<T, TResult>(this IAsyncEnumerable<T> items, Func<T, TResult> selector)
    {
        var list = new List<TResult>();
        await foreach (var item in items)
        {
            list.Add(selector(item));
        }

        return list;
    }
}
