using AzImageTools.Services.Plans;

namespace AzImageTools.Services.Remote;

/// <summary>Takes back what reading took: more than once, because what is left costs money, or stays open.</summary>
internal static class TakingBack
{
    private const int MostTries = 3;
    private static readonly TimeSpan TimeBetweenTries = TimeSpan.FromSeconds(5);

    /// <summary>Takes it back.</summary>
    /// <param name="takeBack">Tries it; returns whether there was anything.</param>
    /// <param name="run">Its clock and its token.</param>
    public static async Task<bool> RunAsync(Func<Task<bool>> takeBack, StepRun run)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await takeBack().ConfigureAwait(false);
            }
            catch (ImageServiceException failure) when (attempt < MostTries)
            {
                run.Context.Log.Verbose($"It is tried again: {failure.Message}");
                await run.Context.Time.Delay(TimeBetweenTries, run.Cancellation).ConfigureAwait(false);
            }
        }
    }
}
