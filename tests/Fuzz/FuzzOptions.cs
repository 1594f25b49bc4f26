using System.Globalization;

namespace AzImageTools.Fuzz;

/// <summary>What the command line asks for.</summary>
internal sealed record FuzzOptions
{
    public const string Usage = """
        usage: dotnet run -c Release --project tests/Fuzz -- [--hours N | --executions N] [--seed S] [--target NAME]
                   [--findings FOLDER] [--timeout SECONDS] [--only EXECUTION]
          --hours N         run that long (a fraction is allowed)
          --executions N    run that many executions in all (default 100000)
          --seed S          where the damage is derived from (default 1); the same seed does the same damage
          --target NAME     one of those that tests/Fuzz/README.md lists; default: all
          --findings FOLDER where findings go, each with its command and the damaged image (default: none is kept)
          --timeout SECONDS what an execution may take (default 10)
          --only EXECUTION  run this execution of the target alone
        Exit code: 0 without findings, 1 with findings, 2 for a wrong command line.
        """;

    public double? Hours { get; private set; }

    public long Executions { get; private set; } = 100_000;

    public long Seed { get; private set; } = 1;

    public string? Target { get; private set; }

    public string? Findings { get; private set; }

    public double Timeout { get; private set; } = FuzzLimits.Default.Time.TotalSeconds;

    public long? Only { get; private set; }

    /// <summary>Reads the command line; null where it is wrong.</summary>
    public static FuzzOptions? TryParse(string[] arguments)
    {
        FuzzOptions options = new();
        for (int i = 0; i < arguments.Length; i += 2)
        {
            if (i + 1 >= arguments.Length || !options.TrySet(arguments[i], arguments[i + 1]))
            {
                return null;
            }
        }

        return options.Only is null || options.Target is not null ? options : null;
    }

    private bool TrySet(string name, string value)
    {
        bool isNumber = double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && number >= 0;
        switch (name)
        {
            case "--target":
                Target = value;
                return true;
            case "--findings":
                Findings = value;
                return true;
            case "--hours" when isNumber:
                Hours = number;
                return true;
            case "--timeout" when isNumber:
                Timeout = number;
                return true;
            case "--executions" when isNumber:
                Executions = (long)number;
                return true;
            case "--seed" when isNumber:
                Seed = (long)number;
                return true;
            case "--only" when isNumber:
                Only = (long)number;
                return true;
            default:
                return false;
        }
    }
}
