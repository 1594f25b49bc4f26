using System.Management.Automation;
using System.Security;
using AzImageTools.Shell.Hosting;

namespace AzImageTools.Shell.Prompting;

/// <summary>Reads what the user types, or fails where nobody can type.</summary>
internal sealed class InputReader(ShellUserInterface output, bool isInteractive)
{
    /// <summary>A line without its end.</summary>
    /// <exception cref="PSInvalidOperationException">Nobody can answer.</exception>
    /// <exception cref="PipelineStoppedException">The input ended.</exception>
    public string ReadLine()
    {
        RequireSomebody();
        return ReadLineIfAny() ?? throw new PipelineStoppedException();
    }

    /// <summary>A line without its end; null at the end of the input.</summary>
    public string? ReadLineIfAny()
    {
        string? line = Console.In.ReadLine();
        output.LineEnded(); // The terminal showed what was typed, and the end of the line.
        return line;
    }

    /// <summary>A line that shows as asterisks.</summary>
    /// <exception cref="PSInvalidOperationException">Nobody can answer.</exception>
    public SecureString ReadSecret()
    {
        RequireSomebody();
        SecureString secret = new();
        while (true)
        {
            ConsoleKeyInfo key = Console.ReadKey(intercept: true);
            if (key.Key == ConsoleKey.Enter)
            {
                output.WriteLine();
                secret.MakeReadOnly();
                return secret;
            }

            if (key.Key == ConsoleKey.Backspace)
            {
                if (secret.Length > 0)
                {
                    secret.RemoveAt(secret.Length - 1);
                    output.Write("\b \b");
                }
            }
            else if (!char.IsControl(key.KeyChar))
            {
                secret.AppendChar(key.KeyChar);
                output.Write("*");
            }
        }
    }

    /// <summary>Fails before a question is printed that nobody can answer.</summary>
    /// <exception cref="PSInvalidOperationException">Standard input is no terminal, or -NonInteractive was given.</exception>
    public void RequireSomebody()
    {
        if (!isInteractive)
        {
            throw new PSInvalidOperationException(
                "The shell cannot ask: standard input is not a terminal, or -NonInteractive was given. Give every parameter, and -Confirm:$false or -Force where a command asks for confirmation.");
        }
    }
}
