namespace AzImageTools.Sandbox.Arm;

/// <summary>Moves the bytes of a resource outside the cloud's lock, once all that can be refused has been checked.</summary>
internal static class PageCopies
{
    public static Task Start(IReadOnlyList<Action> copies) => copies.Count == 0 ? Task.CompletedTask : Task.Run(() =>
    {
        foreach (var copy in copies)
        {
            copy();
        }
    });
}
