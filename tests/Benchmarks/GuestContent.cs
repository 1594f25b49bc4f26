using System.Text;

namespace AzImageTools.Benchmarks;

/// <summary>Makes what files of a guest hold: packages of random bytes, page-structured files with 40 % zero pages, logs of text.</summary>
internal sealed class GuestContent(Random random)
{
    /// <summary>Makes one of the three.</summary>
    public byte[] Make(int length)
        => random.NextDouble() switch
        {
            < 0.70 => MakePackage(length),
            < 0.88 => MakePages(length),
            _ => MakeLines(length),
        };

    public byte[] MakePackage(int length)
    {
        byte[] content = new byte[length];
        random.NextBytes(content);
        return content;
    }

    public byte[] MakePages(int length)
    {
        const int Page = 8192;
        byte[] content = new byte[length];
        for (int start = 0; start < content.Length;)
        {
            int run = Math.Min(content.Length - start, new[] { 1, 2, 8, 64 }[random.Next(4)] * Page);
            if (random.NextDouble() >= 0.4)
            {
                random.NextBytes(content.AsSpan(start, run / 2));
                random.NextBytes(content.AsSpan(start + (run * 3 / 4), run / 4));
            }

            start += run;
        }

        return content;
    }

    public byte[] MakeLines(int length)
    {
        byte[] content = new byte[length];
        for (Span<byte> rest = content; rest.Length > 0;)
        {
            uint number = (uint)random.Next();
            byte[] line = Encoding.ASCII.GetBytes(
                $"2022-11-24 12:{number % 60:00}:{number / 60 % 60:00} 10.0.0.{number % 255} GET /index/{number * 2654435761 % 1000003}.aspx - 443 - 200 0 0 {number % 997}\n");
            int count = Math.Min(line.Length, rest.Length);
            line.AsSpan(0, count).CopyTo(rest);
            rest = rest[count..];
        }

        return content;
    }
}
