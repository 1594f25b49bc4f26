using AzImageTools.Shell.Hosting;

namespace AzImageTools.Shell.Running;

/// <summary>Reads commands from the terminal and runs them until <c>exit</c>.</summary>
internal sealed class PromptLoop(ShellSession session, ShellHost host, ShellUserInterface userInterface)
{
    public void Run()
    {
        CommandReader reader = new(ReadLine);
        while (host.ExitCode is null && reader.Read() is { } command)
        {
            if (!string.IsNullOrWhiteSpace(command))
            {
                session.Run(command);
            }
        }
    }

    private string? ReadLine(bool continues)
    {
        string marks = new('>', host.NestingLevel + 1);
        return userInterface.ReadCommand(continues ? ">> " : $"AzImageTools {session.Location}{marks} ");
    }
}
