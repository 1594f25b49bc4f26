using System.Text.RegularExpressions;

namespace AzImageTools.Fuzz;

/// <summary>An execution that a reader did not answer as it promises.</summary>
/// <param name="Target">The target.</param>
/// <param name="Subject">The image that was damaged.</param>
/// <param name="Seed">The run's seed.</param>
/// <param name="Execution">The execution's number.</param>
/// <param name="Problem">What happened.</param>
/// <param name="Detail">The exception with its stack; empty where there is none.</param>
internal sealed partial record Finding(string Target, string Subject, long Seed, long Execution, string Problem, string Detail)
{
    /// <summary>What tells one bug from another: the kind of problem, and the place in our code it came from.</summary>
    public string Signature => OwnFrame().Match(Detail) is { Success: true } frame ? $"{Kind} {frame.Value}" : Kind;

    /// <summary>The command that runs this execution alone.</summary>
    public string Command => FormattableString.Invariant($"dotnet run -c Release --project tests/Fuzz -- --target {Target} --seed {Seed} --only {Execution}");

    private string Kind => Problem.Split(':')[0];

    public override string ToString() => $"{Target}, {Subject}, execution {Execution}: {Problem}\n{Command}\n{Detail}\n";

    public static Finding FromException(string target, string subject, long seed, long execution, Exception exception)
        => new(target, subject, seed, execution, $"{exception.GetType().Name}: {exception.Message}", exception.ToString());

    [GeneratedRegex(@"AzImageTools\.(Disks|Readiness)\S*\([^)]*\)")]
    private static partial Regex OwnFrame();
}
