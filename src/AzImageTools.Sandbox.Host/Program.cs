using AzImageTools.Sandbox;
using AzImageTools.Sandbox.Configuration;
using AzImageTools.Sandbox.Host;

HostArguments arguments;
try
{
    arguments = HostArguments.Parse(args);
}
catch (FormatException problem)
{
    await Console.Error.WriteLineAsync(problem.Message);
    await Console.Error.WriteLineAsync(HostArguments.Usage);
    return 2;
}

if (arguments.WantsHelp)
{
    await Console.Out.WriteLineAsync(HostArguments.Usage);
    return 0;
}

try
{
    using SandboxCloud cloud = new(new SandboxOptions
    {
        RetryAfter = arguments.RetryAfter,
        PageSize = arguments.PageSize,
        StateFolder = arguments.StateFolder,
        Latency = arguments.Latency,
        Marketplace = arguments.HasMarketplace ? new SandboxMarketplace() : null,
        Throttles = arguments.Throttles,
        ChecksAnswers = arguments.ChecksAnswers,
    });
    await using SandboxServer server = await SandboxServer.StartAsync(cloud, new ServerOptions { Port = arguments.Port, LogFile = arguments.LogFile });
    foreach ((string name, string value) in server.Environment)
    {
        await Console.Out.WriteLineAsync($"{name}={value}");
    }

    await Console.Out.WriteLineAsync(HostArguments.ReadyLine);
    await server.WaitForShutdownAsync();
    return 0;
}
catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
{
    await Console.Error.WriteLineAsync(problem.Message);
    return 1;
}
