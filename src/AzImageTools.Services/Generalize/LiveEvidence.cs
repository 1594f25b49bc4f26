using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using AzImageTools.Readiness.Guests.Gathered;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;

namespace AzImageTools.Services.Generalize;

/// <summary>
/// Gathers on a running machine what only it shows, by the collector and a run command: a chunk a run, since 4,096 bytes of an output come
/// back, and those only where the machine reaches Azure storage by 443.
/// </summary>
internal static class LiveEvidence
{
    /// <summary>What the names of its commands begin with.</summary>
    public const string NamePrefix = "azimagetools-evidence-";

    /// <summary>A collector's chunks are 3.6 KB each, and its evidence is a few kilobytes.</summary>
    private const int MostChunks = 40;

    /// <summary>The collector bounds its own questions to about four minutes together; the agent needs its time too.</summary>
    private static readonly TimeSpan ChunkTimeout = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(5);
    private static readonly Regex Heading = new(@"AzImageTools evidence [0-9]+: [0-9]+ bytes, (?<count>[0-9]{1,4}) chunks", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));

    /// <summary>Gathers.</summary>
    /// <param name="session">The session.</param>
    /// <param name="machine">The machine, whose agent answers.</param>
    /// <param name="command">The command to run it by; there while it runs.</param>
    /// <param name="run">The run.</param>
    /// <param name="userTags">Tags of the user's.</param>
    /// <returns>The evidence; or, where it did not come, the reason as a sentence.</returns>
    public static async Task<(EvidenceGuest? Evidence, string? Problem)> GatherAsync(
        ImageSession session, GuestMachine machine, MachineCommand command, StepRun run, IReadOnlyDictionary<string, string>? userTags)
    {
        StringBuilder text = new();
        try
        {
            int count = 1;
            await MachineCommand.DeleteLeftAsync(session, machine, NamePrefix, run).ConfigureAwait(false);
            for (int chunk = 1; chunk <= count; chunk++)
            {
                await command.StartAsync(
                    machine.IsWindows ? GuestScript.EvidenceOfWindows : GuestScript.EvidenceOfLinux,
                    (machine.IsWindows ? "Chunk" : "chunk", chunk.ToString(CultureInfo.InvariantCulture)),
                    ChunkTimeout,
                    run,
                    userTags).ConfigureAwait(false);
                MachineCommandView view = await WaitAsync(session, command, run.Context).ConfigureAwait(false);
                if (!view.HasEnded || view.HasFailed)
                {
                    return (null, $"The script that gathers it {(view.HasFailed ? "failed" : "did not end")}{(view.Error.Length > 0 ? $": {LastLine(view.Error)}" : ".")}");
                }

                Match heading = Heading.Match(view.Output);
                if (!heading.Success)
                {
                    return (null, "Nothing of what was gathered came back: a run command's output needs a way to Azure storage by port 443.");
                }

                count = Math.Min(MostChunks, int.Parse(heading.Groups["count"].Value, CultureInfo.InvariantCulture));
                text.Append(view.Output).Append('\n');
            }

            return (EvidenceGuest.Parse(text.ToString()), null);
        }
        catch (EvidenceException damaged)
        {
            return (null, damaged.Message);
        }
        finally
        {
            await DeleteAsync(command, run).ConfigureAwait(false);
        }
    }

    /// <summary>Deletes the command, after the user has stopped it too; what stays behind is told, and ends nothing.</summary>
    private static async Task DeleteAsync(MachineCommand command, StepRun run)
    {
        using CancellationTokenSource timeout = run.Context.Time.CreateCancellationTokenSource(PlanRunner.UndoTimeout);
        try
        {
            await command.DeleteAsync(run with { Context = run.Context with { Cancellation = timeout.Token } }).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is ImageServiceException or OperationCanceledException)
        {
            run.Context.Log.Warning($"The run command {command.Id} could not be deleted again; it has ended, and does no harm: {failure.Message}");
        }
    }

    private static async Task<MachineCommandView> WaitAsync(ImageSession session, MachineCommand command, OperationContext context)
    {
        LookTimeout timeout = new(ChunkTimeout, context.Time);
        while (true)
        {
            MachineCommandView view = await command.ReadAsync(context).ConfigureAwait(false);
            if (view.HasEnded || view.IsLost || timeout.IsOver())
            {
                return view;
            }

            await context.Time.Delay(session.BetweenLooks(PollInterval), context.Cancellation).ConfigureAwait(false);
        }
    }

    private static string LastLine(string text) => text.Split('\r', '\n').LastOrDefault(line => line.Trim().Length > 0)?.Trim() ?? string.Empty;
}
